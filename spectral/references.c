/* Printed values that the claims must meet: the theory notes and its reference values. Columns:
 * preset of the claim, quantity, row, value, absolute tolerance. */

#include "spectral/references.h"

const pl_reference bl22_id1_references[] = {{0, "left", 0, 52.77803344447806, 6e-11},
                                            {1, "left", 0, 328.46236681446027, 4e-10},
                                            {2, "left", 0, 74.33465890869113, 8e-11},
                                            {0}};

const pl_reference bl22_id3_references[] = {{0, "left", 0, 3.7751411526444967, 4e-12},
                                            {1, "left", 0, 3.0987190200133834, 4e-12},
                                            {2, "left", 0, 5.316850610230101, 6e-12},
                                            {0}};

const pl_reference bl22_thm1i_references[] = {{0, "left", 0, 3.1622996211826906, 4e-12},
                                              {1, "left", 0, 5.088803773216223, 6e-12},
                                              {2, "left", 0, 3.701215257788017, 4e-12},
                                              {0}};

const pl_reference hc21_id_references[] = {{0, "left", 0, 0.738389912808062, 1e-12},
                                           {1, "left", 0, 0.4533146655479751, 1e-12},
                                           {2, "left", 0, 1.2619730904574016, 2e-12},
                                           {0}};

const pl_reference tan23_id_references[] = {
    {0, "left", 0, 68.69099497772794, 7e-11},       {0, "attraction", 0, 58.05908025575593, 6e-11},
    {0, "repulsion", 0, 10.631914721972008, 7e-11}, {1, "left", 0, 677.0129209880898, 7e-10},
    {1, "attraction", 0, 389.8841995832353, 4e-10}, {1, "repulsion", 0, 287.12872140485456, 7e-10},
    {2, "left", 0, 93.72152825477616, 1e-10},       {2, "attraction", 0, 81.8954583863408, 9e-11},
    {2, "repulsion", 0, 11.826069868435352, 1e-10}, {0}};

const pl_reference bl22_gibbs_references[] = {{0, "left", 0, -0.9932504294255121, 4e-12},
                                              {0, "left", 1, -1.1105481243098725, 4e-12},
                                              {0, "left", 2, -0.9522008191988197, 4e-12},
                                              {0, "left", 3, -1.1174286771773487, 4e-12},
                                              {0, "left", 4, -1.056316751995647, 4e-12},
                                              {0, "left", 5, -0.6816394222559188, 4e-12},
                                              {0, "left", 6, -1.0692558685667237, 4e-12},
                                              {0, "left", 7, -0.807287504042521, 4e-12},
                                              {0}};

const pl_reference gar22_id_references[] = {{0, "left", 0, 23.404091380983623, 3e-11}, {0}};

const pl_reference bl22_thm1ii_references[] = {
    {0, "closed_form_loss", 0, 0.9484331538735828, 1e-12},
    {0, "singular_value", 0, 2.1855683485783275, 3e-12},
    {0, "singular_value", 1, 2.041241452319315, 3e-12},
    {0, "singular_value", 2, 1.8257418583505538, 3e-12},
    {0, "closed_rank", 0, 3.0, 0},
    {1, "closed_form_loss", 0, 1.1043078061834695, 2e-12},
    {1, "singular_value", 0, 2.3829521541740304, 3e-12},
    {1, "singular_value", 1, 2.1908902300206643, 3e-12},
    {1, "singular_value", 2, 1.8973665961010275, 3e-12},
    {1, "closed_rank", 0, 3.0, 0},
    {2, "closed_form_loss", 0, 2.368945341743197, 3e-12},
    {2, "singular_value", 0, 1.9706712134541846, 2e-12},
    {2, "singular_value", 1, 0.9128709291752769, 2e-12},
    {2, "singular_value", 2, 0.0, 2e-12},
    {2, "closed_rank", 0, 2.0, 0},
    {3, "closed_form_loss", 0, 3.4722222222222223, 4e-12},
    {3, "singular_value", 0, 2.2109623477467224, 3e-12},
    {3, "singular_value", 1, 2.140872096444188, 3e-12},
    {3, "singular_value", 2, 2.041241452319315, 3e-12},
    {3, "singular_value", 3, 1.9364916731037085, 3e-12},
    {3, "singular_value", 4, 1.856065416460216, 3e-12},
    {3, "closed_rank", 0, 5.0, 0},
    {4, "closed_form_loss", 0, 0.0, 1e-12},
    {4, "singular_value", 0, 3.3166247903554, 4e-12},
    {4, "singular_value", 1, 3.3166247903554, 4e-12},
    {4, "singular_value", 2, 3.3166247903554, 4e-12},
    {4, "closed_rank", 0, 3.0, 0},
    {5, "closed_form_loss", 0, 1.423125, 2e-12},
    {5, "singular_value", 0, 3.3166247903554, 4e-12},
    {5, "singular_value", 1, 3.3166247903554, 4e-12},
    {5, "singular_value", 2, 3.3166247903554, 4e-12},
    {5, "singular_value", 3, 2.824004249288588, 4e-12},
    {5, "singular_value", 4, 2.824004249288588, 4e-12},
    {5, "singular_value", 5, 2.824004249288588, 4e-12},
    {5, "closed_rank", 0, 6.0, 0},
    {6, "closed_form_loss", 0, 3.0, 3e-12},
    {6, "singular_value", 0, 3.3166247903554, 4e-12},
    {6, "singular_value", 1, 3.3166247903554, 4e-12},
    {6, "singular_value", 2, 3.3166247903554, 4e-12},
    {6, "singular_value", 3, 0.0, 4e-12},
    {6, "singular_value", 4, 0.0, 4e-12},
    {6, "singular_value", 5, 0.0, 4e-12},
    {6, "closed_rank", 0, 3.0, 0},
    {7, "closed_form_loss", 0, 1.3419471401063836, 2e-12},
    {7, "singular_value", 0, 3.1670642491459176, 4e-12},
    {7, "singular_value", 1, 3.0158286593122794, 4e-12},
    {7, "singular_value", 2, 2.9805614723856806, 4e-12},
    {7, "singular_value", 3, 2.77586422726553, 4e-12},
    {7, "closed_rank", 0, 4.0, 0},
    {8, "closed_form_loss", 0, 1.638, 2e-12},
    {8, "singular_value", 0, 2.716615541441225, 3e-12},
    {8, "singular_value", 1, 2.716615541441225, 3e-12},
    {8, "singular_value", 2, 2.716615541441225, 3e-12},
    {8, "singular_value", 3, 2.716615541441225, 3e-12},
    {8, "singular_value", 4, 2.716615541441225, 3e-12},
    {8, "closed_rank", 0, 5.0, 0},
    {9, "closed_form_loss", 0, 2.7335168455006853, 3e-12},
    {9, "singular_value", 0, 5.049426333348619, 6e-12},
    {9, "singular_value", 1, 4.294026791948718, 6e-12},
    {9, "singular_value", 2, 3.8708247483988507, 6e-12},
    {9, "singular_value", 3, 3.5820404226326645, 6e-12},
    {9, "closed_rank", 0, 4.0, 0},
    {10, "closed_form_loss", 0, 92.22230024027915, 1e-10},
    {10, "singular_value", 0, 4.241864282580121, 5e-12},
    {10, "singular_value", 1, 1.9690942536980796, 5e-12},
    {10, "singular_value", 2, 0.0, 5e-12},
    {10, "singular_value", 3, 0.0, 5e-12},
    {10, "closed_rank", 0, 2.0, 0},
    {0}};

const pl_reference bl22_thm1iii_references[] = {
    {0, "critical_loss", 0, 0.39287759831802727, 2e-12},
    {0, "critical_loss", 1, 0.6428775983180273, 2e-12},
    {0, "critical_loss", 2, 0.8373220427624717, 2e-12},
    {0, "critical_loss", 3, 0.8611111111111112, 2e-12},
    {0, "critical_loss", 4, 0.9444444444444444, 2e-12},
    {0, "critical_loss", 5, 1.0555555555555556, 2e-12},
    {0, "critical_loss", 6, 1.0873220427624717, 2e-12},
    {0, "critical_loss", 7, 1.1626779572375283, 2e-12},
    {0, "critical_loss", 8, 1.3055555555555556, 2e-12},
    {0, "critical_loss", 9, 1.3055555555555556, 2e-12},
    {0, "critical_loss", 10, 1.4126779572375283, 2e-12},
    {0, "critical_loss", 11, 1.5555555555555556, 2e-12},
    {0, "critical_loss", 12, 1.6071224016819727, 2e-12},
    {0, "critical_loss", 13, 1.75, 2e-12},
    {0, "critical_loss", 14, 1.8571224016819727, 2e-12},
    {0, "critical_loss", 15, 2.0, 2e-12},
    {0, "closed_form_loss", 0, 0.39287759831802727, 1e-12},
    {0, "critical_loss", 1, 0.6428775983180273, 1e-12},
    {0, "gradient_norm", 1, 0.0, 1e-11},
    {0}};

const pl_reference bl22_thm1a_references[] = {{0, "minimum_trace", 0, 16.339745962155614, 1e-11},
                                              {0}};

const pl_reference bl22_thm1b_references[] = {{0, "closed_form_loss", 0, 3.8840580374348623, 1e-12},
                                              {0, "variance", 0, 0.9180069283048469, 1e-12},
                                              {0, "variance", 1, 0.75, 1e-12},
                                              {0, "variance", 2, 0.6, 1e-12},
                                              {0}};

const pl_reference bl22_thm1c_references[] = {{0, "closed_form_loss", 0, 0.9484331538735828, 1e-12},
                                              {0, "variance", 0, 0.9553418012614795, 1e-12},
                                              {0, "variance", 1, 0.8333333333333334, 1e-12},
                                              {0, "variance", 2, 0.6666666666666666, 1e-12},
                                              {1, "closed_form_loss", 0, 0.9978752461157644, 1e-12},
                                              {1, "variance", 0, 1.0461181677178997, 2e-12},
                                              {1, "variance", 1, 0.9241096997897534, 2e-12},
                                              {1, "variance", 2, 0.7574430331230867, 2e-12},
                                              {2, "closed_form_loss", 0, 3.8315698604072064, 4e-12},
                                              {2, "variance", 0, 1.1820508075688774, 1e-07},
                                              {2, "variance", 1, 0.26698729810778066, 1e-07},
                                              {2, "variance", 2, 0.0, 1e-07},
                                              {3, "closed_form_loss", 0, 1.4365014177262068, 2e-12},
                                              {3, "variance", 0, 1.0373801271193837, 2e-12},
                                              {3, "variance", 1, 0.9523734493113025, 2e-12},
                                              {3, "variance", 2, 0.9331483755240837, 2e-12},
                                              {3, "variance", 3, 0.8260279680279529, 2e-12},
                                              {4, "closed_form_loss", 0, 25.555810591137636, 3e-11},
                                              {4, "variance", 0, 2.7353134622741484, 1e-07},
                                              {4, "variance", 1, 0.5965133998677601, 1e-07},
                                              {4, "variance", 2, 0.0, 1e-07},
                                              {4, "variance", 3, 0.0, 1e-07},
                                              {5, "closed_form_loss", 0, 0.2619661282874151, 1e-12},
                                              {5, "variance", 0, 2.866025403784439, 3e-12},
                                              {5, "variance", 1, 0.0, 3e-12},
                                              {5, "variance", 2, 0.0, 3e-12},
                                              {0}};

const pl_reference bl22_thm1h_references[] = {{0, "closed_form_loss", 0, 2.4607968741982593, 3e-12},
                                              {0, "column_variance", 0, 1.0, 1e-12},
                                              {0, "variance", 0, 1.3422363354357993, 2e-12},
                                              {0, "variance", 1, 1.0372151656154338, 2e-12},
                                              {0, "variance", 2, 0.6205484989487671, 2e-12},
                                              {0, "whitened_loss", 0, 2.7232909936926024, 3e-12},
                                              {0, "rank", 0, 3.0, 0},
                                              {1, "closed_form_loss", 0, 4.3966055094078325, 5e-12},
                                              {1, "column_variance", 0, 1.0, 1e-12},
                                              {1, "variance", 0, 1.6844726708715985, 2e-12},
                                              {1, "variance", 1, 1.0744303312308674, 2e-12},
                                              {1, "variance", 2, 0.24109699789753408, 2e-12},
                                              {1, "whitened_loss", 0, 5.446581987385205, 6e-12},
                                              {1, "rank", 0, 3.0, 0},
                                              {2, "closed_form_loss", 0, 38.535276835162875, 4e-11},
                                              {2, "column_variance", 0, 0.7700394252817878, 1e-07},
                                              {2, "variance", 0, 2.3101182758453636, 1e-07},
                                              {2, "variance", 1, 0.0, 1e-07},
                                              {2, "variance", 2, 0.0, 1e-07},
                                              {2, "whitened_loss", 0, 136.16454968463012, 2e-10},
                                              {2, "rank", 0, 1.0, 0},
                                              {3, "closed_form_loss", 0, 18.076951545867363, 2e-11},
                                              {3, "column_variance", 0, 1.0, 1e-12},
                                              {3, "variance", 0, 2.0, 2e-12},
                                              {3, "variance", 1, 0.0, 2e-12},
                                              {3, "whitened_loss", 0, 38.03847577293368, 4e-11},
                                              {3, "rank", 0, 1.0, 0},
                                              {4, "closed_form_loss", 0, 1.4837785565361183, 2e-12},
                                              {4, "column_variance", 0, 1.0, 1e-12},
                                              {4, "variance", 0, 1.1001476471237028, 2e-12},
                                              {4, "variance", 1, 1.015140969315622, 2e-12},
                                              {4, "variance", 2, 0.9959158955284031, 2e-12},
                                              {4, "variance", 3, 0.8887954880322723, 2e-12},
                                              {4, "whitened_loss", 0, 1.506420480103664, 2e-12},
                                              {4, "rank", 0, 4.0, 0},
                                              {5, "closed_form_loss", 0, 3.2618075508610556, 4e-12},
                                              {5, "column_variance", 0, 1.0, 1e-12},
                                              {5, "variance", 0, 1.1947771083846086, 2e-12},
                                              {5, "variance", 1, 1.1097704305765275, 2e-12},
                                              {5, "variance", 2, 1.0905453567893089, 2e-12},
                                              {5, "variance", 3, 0.9834249492931779, 2e-12},
                                              {5, "variance", 4, 0.8512254052817454, 2e-12},
                                              {5, "variance", 5, 0.7702567496746319, 2e-12},
                                              {5, "whitened_loss", 0, 3.395184255286364, 4e-12},
                                              {5, "rank", 0, 6.0, 0},
                                              {6, "closed_form_loss", 0, 3.566873649916481, 4e-12},
                                              {6, "column_variance", 0, 1.0, 1e-12},
                                              {6, "variance", 0, 1.2290693558755956, 2e-12},
                                              {6, "variance", 1, 1.0151893496349567, 2e-12},
                                              {6, "variance", 2, 0.910480808509006, 2e-12},
                                              {6, "variance", 3, 0.8452604859804416, 2e-12},
                                              {6, "whitened_loss", 0, 3.6515351389042845, 4e-12},
                                              {6, "rank", 0, 4.0, 0},
                                              {7, "closed_form_loss", 0, 73.46595974205897, 8e-11},
                                              {7, "column_variance", 0, 0.2641313584562021, 1e-07},
                                              {7, "variance", 0, 1.0565254338248085, 1e-07},
                                              {7, "variance", 1, 0.0, 1e-07},
                                              {7, "variance", 2, 0.0, 1e-07},
                                              {7, "variance", 3, 0.0, 1e-07},
                                              {7, "whitened_loss", 0, 182.5767569452142, 2e-10},
                                              {7, "rank", 0, 1.0, 0},
                                              {0}};

const pl_reference bl22_thm1h_neg_references[] = {
    {0, "whitened_excess", 0, 0.2624941194943429, 1e-11}, {0}};

const pl_reference bl22_thm1d_references[] = {{0, "closed_form_loss", 0, 0.8336769599105616, 1e-12},
                                              {0, "eigenvalue", 0, 0.20921358441713142, 1e-12},
                                              {0, "eigenvalue", 1, 0.4247759914322812, 1e-12},
                                              {0, "eigenvalue", 2, 0.5036879219410328, 1e-12},
                                              {1, "closed_form_loss", 0, 0.6053228971004996, 1e-12},
                                              {1, "eigenvalue", 0, 0.13227232922951637, 1e-12},
                                              {1, "eigenvalue", 1, 0.2870489853850355, 1e-12},
                                              {1, "eigenvalue", 2, 0.38731323261013034, 1e-12},
                                              {0}};

const pl_reference bl22_rank_references[] = {{0, "threshold_gamma", 0, 4.4784609690826525, 1e-11},
                                             {0, "threshold_gamma", 1, 1.2, 1e-11},
                                             {0, "threshold_gamma", 2, 0.6, 1e-11},
                                             {0, "threshold_gamma", 3, 0.4, 1e-11},
                                             {0, "threshold_gamma", 4, 0.32153903091734726, 1e-11},
                                             {1, "threshold_gamma", 3, 0.36363636363636365, 1e-12},
                                             {1, "threshold_gamma", 4, 0.36363636363636365, 1e-12},
                                             {1, "threshold_gamma", 5, 0.36363636363636365, 1e-12},
                                             {2, "rank", 0, 2.0, 0},
                                             {3, "rank", 0, 5.0, 0},
                                             {4, "rank", 0, 3.0, 0},
                                             {5, "rank", 0, 2.0, 0},
                                             {0}};

const pl_reference bl22_rank_simclr_references[] = {{0, "rank", 0, 3.0, 0},
                                                    {0, "positive_eigenvalues", 0, 3.0, 0},
                                                    {0, "matrix_rank", 0, 6.0, 0},
                                                    {1, "rank", 0, 3.0, 0},
                                                    {1, "positive_eigenvalues", 0, 3.0, 0},
                                                    {1, "matrix_rank", 0, 6.0, 0},
                                                    {2, "rank", 0, 3.0, 0},
                                                    {2, "positive_eigenvalues", 0, 4.0, 0},
                                                    {2, "matrix_rank", 0, 12.0, 0},
                                                    {3, "rank", 0, 4.0, 0},
                                                    {3, "positive_eigenvalues", 0, 4.0, 0},
                                                    {3, "matrix_rank", 0, 12.0, 0},
                                                    {4, "rank", 0, 4.0, 0},
                                                    {4, "positive_eigenvalues", 0, 6.0, 0},
                                                    {4, "matrix_rank", 0, 12.0, 0},
                                                    {5, "rank", 0, 4.0, 0},
                                                    {5, "positive_eigenvalues", 0, 12.0, 0},
                                                    {5, "matrix_rank", 0, 24.0, 0},
                                                    {6, "rank", 0, 6.0, 0},
                                                    {6, "positive_eigenvalues", 0, 6.0, 0},
                                                    {6, "matrix_rank", 0, 10.0, 0},
                                                    {7, "positive_eigenvalues", 0, 3.0, 0},
                                                    {7, "matrix_rank", 0, 7.0, 0},
                                                    {0}};

const pl_reference bl22_thm2_references[] = {{0, "closed_form_loss", 0, 5.0, 5e-12},
                                             {1, "closed_form_loss", 0, 5.0, 5e-12},
                                             {2, "closed_form_loss", 0, 12.0, 2e-11},
                                             {3, "closed_form_loss", 0, 8.0, 8e-12},
                                             {4, "closed_form_loss", 0, 6.269381868113479, 7e-12},
                                             {5, "closed_form_loss", 0, 72.15582494174281, 8e-11},
                                             {6, "closed_form_loss", 0, 16.0, 2e-11},
                                             {0}};

const pl_reference bl22_rank_neg_references[] = {
    {0, "rank", 0, 4.0, 0}, {0, "claimed_rank", 0, 8.0, 0}, {0}};

const pl_reference bl22_rank_neg2_references[] = {{0, "singular_vector_sine", 0, 1.0, 1e-10}, {0}};

const pl_reference bl22_thm2m_references[] = {{0, "closed_form_loss", 0, 6.248203717415287, 7e-12},
                                              {1, "closed_form_loss", 0, 64.71482977905066, 7e-11},
                                              {0}};

const pl_reference bl22_iso_references[] = {{0, "closed_form_loss", 0, 0.0, 4e-10},
                                            {0, "eigenvalue", 0, 17.5, 2e-11},
                                            {1, "closed_form_loss", 0, 6.708239342670115, 2e-10},
                                            {1, "eigenvalue", 0, 8.375313745088297, 9e-12},
                                            {1, "eigenvalue", 1, 8.375313745088297, 9e-12},
                                            {2, "closed_form_loss", 0, 403.04799229737813, 5e-09},
                                            {2, "eigenvalue", 0, 66.00863139735341, 7e-11},
                                            {2, "eigenvalue", 1, 14.65049429932721, 7e-11},
                                            {0}};

const pl_reference bl22_iso_neg_references[] = {{0, "isomap_sine", 0, 0.8385169207432109, 1e-10},
                                                {0}};

const pl_reference bl22_thm2e_references[] = {
    {0, "closed_form_loss", 0, 1.0896691960761606, 2e-12},
    {0, "least_cosine", 0, -0.5, 1e-06},
    {0, "cosine_between_cliques", 0, -0.5, 1e-12},
    {0, "rank", 0, 2.0, 0},
    {1, "closed_form_loss", 0, 23.16515099105561, 3e-11},
    {1, "least_cosine", 0, -0.3333333333333333, 1e-06},
    {1, "cosine_between_cliques", 0, -0.3333333333333333, 1e-12},
    {1, "rank", 0, 3.0, 0},
    {2, "closed_form_loss", 0, 16.63570724925485, 2e-11},
    {2, "least_cosine", 0, -0.3333333333333333, 1e-06},
    {2, "cosine_between_cliques", 0, -0.3333333333333333, 1e-12},
    {2, "rank", 0, 3.0, 0},
    {3, "closed_form_loss", 0, 11.915069397582785, 2e-11},
    {3, "least_cosine", 0, -0.25, 1e-06},
    {3, "cosine_between_cliques", 0, -0.25, 1e-12},
    {3, "rank", 0, 4.0, 0},
    {0}};

const pl_reference bl22_thm2g_references[] = {{0, "closed_form_loss", 0, 181.13597937506333, 2e-10},
                                              {0}};

const pl_reference tan23_neg_references[] = {{0, "best_found_loss", 0, 32.64644787221765, 3.26e-08},
                                             {0, "laplacian_sine", 0, 0.6938967202985664, 1e-06},
                                             {0}};

const pl_reference bl22_thm3a_references[] = {
    {0, "best_found_loss", 0, 0.0, 1e-10}, {1, "best_found_loss", 0, 0.0, 1e-10}, {0}};

const pl_reference bl22_thm3b_references[] = {
    {0, "closed_form_loss", 0, 0.2720202153751437, 1e-12},
    {1, "closed_form_loss", 0, 0.5139320225002103, 1e-12},
    {2, "closed_form_loss", 0, 0.5139320225002103, 1e-12},
    {3, "closed_form_loss", 0, 0.13849212939724112, 1e-12},
    {4, "closed_form_loss", 0, 0.22420496680194157, 1e-12},
    {5, "closed_form_loss", 0, 0.163101022224348, 1e-12},
    {5, "eigenvalue", 0, 1.0, 1e-12},
    {5, "eigenvalue", 1, 0.8677276707704836, 1e-12},
    {5, "eigenvalue", 2, 0.7129510146149646, 1e-12},
    {5, "eigenvalue", 3, 0.6126867673898697, 1e-12},
    {0}};

const pl_reference bl22_thm3_neg_references[] = {
    {0, "best_found_loss", 0, 0.006903184504954906, 6.9e-12},
    {0, "closed_form_loss", 0, 0.01832844048988338, 1e-12},
    {0, "collapsed_loss", 0, 0.01, 1e-12},
    {0, "column_cosine", 0, 0.657624499418801, 1e-06},
    {0}};

const pl_reference bl22_thm3_rankneg_references[] = {{0, "best_found_loss", 0, 2.0, 1e-09},
                                                     {0, "matrix_rank", 0, 2.0, 0},
                                                     {0, "projected_rank", 0, 2.0, 0},
                                                     {0, "rank", 0, 4.0, 0},
                                                     {0}};

const pl_reference bl22_cca_references[] = {{0, "eigenvalue", 0, 0.8790122595324315, 1e-12},
                                            {0, "eigenvalue", 1, 0.7426423101711094, 1e-12},
                                            {0, "eigenvalue", 2, 0.34374841630061953, 1e-12},
                                            {0, "eigenvalue", 3, 0.1629500028726093, 1e-12},
                                            {0, "closed_form_loss", 0, 0.07203755139032668, 1e-12},
                                            {1, "closed_form_loss", 0, 0.0808710138575112, 1e-12},
                                            {0}};

const pl_reference bl22_lin1_references[] = {{0, "closed_form_loss", 0, 1.6836347513278902, 1e-11},
                                             {0, "eigenvalue", 0, 7.594387969784238, 3e-10},
                                             {0, "eigenvalue", 1, 13.929862512232587, 3e-10},
                                             {0, "eigenvalue", 2, 20.598746478863397, 3e-10},
                                             {1, "closed_form_loss", 0, 1.6577527565789183, 1e-11},
                                             {1, "eigenvalue", 0, 83.14539447664154, 2e-09},
                                             {1, "eigenvalue", 1, 103.74491058445281, 2e-09},
                                             {1, "eigenvalue", 2, 157.31714452043192, 2e-09},
                                             {2, "closed_form_loss", 0, 2.6526251554723164, 1e-11},
                                             {2, "eigenvalue", 0, 15.65441545631239, 3e-10},
                                             {2, "eigenvalue", 1, 20.3154541807176, 3e-10},
                                             {2, "eigenvalue", 2, 26.387364334859356, 3e-10},
                                             {0}};

const pl_reference bl22_lin2_references[] = {{0, "closed_form_loss", 0, 11.719824951016582, 2e-11},
                                             {0, "eigenvalue", 0, 1.2427531373259395, 1e-12},
                                             {0, "eigenvalue", 1, 0.7010016347982796, 1e-12},
                                             {0, "eigenvalue", 2, -0.08990783030423553, 1e-12},
                                             {1, "closed_form_loss", 0, 153.66131222571687, 2e-10},
                                             {1, "eigenvalue", 0, 1.3156676303730566, 1e-12},
                                             {1, "eigenvalue", 1, 0.779512639862038, 1e-12},
                                             {1, "eigenvalue", 2, 0.008155057754780926, 1e-12},
                                             {2, "closed_form_loss", 0, 21.804049029964006, 3e-11},
                                             {2, "eigenvalue", 0, 1.3676685424074064, 1e-12},
                                             {2, "eigenvalue", 1, 0.5608185995747388, 1e-12},
                                             {2, "eigenvalue", 2, 0.1044807471079009, 1e-12},
                                             {0}};

const pl_reference bl22_lin3_references[] = {{0, "eigenvalue", 0, 0.779906881457357, 1e-12},
                                             {0, "eigenvalue", 1, 0.47193326959089826, 1e-12},
                                             {0, "eigenvalue", 2, -0.05481531747873673, 1e-12},
                                             {0, "eigenvalue", 3, -0.2683788637962136, 1e-12},
                                             {0, "eigenvalue", 4, -0.5575594156133173, 1e-12},
                                             {0, "largest_embedding_equal_to_cca", 0, 1.0, 0},
                                             {1, "eigenvalue", 0, 0.2657138194308418, 1e-12},
                                             {1, "eigenvalue", 1, 0.1687520077087721, 1e-12},
                                             {1, "eigenvalue", 2, 0.0018201558801937058, 1e-12},
                                             {1, "eigenvalue", 3, -0.11906839390449098, 1e-12},
                                             {1, "eigenvalue", 4, -0.1434258585776402, 1e-12},
                                             {1, "eigenvalue", 5, -0.29014549101150744, 1e-12},
                                             {1, "largest_embedding_equal_to_cca", 0, 0.0, 0},
                                             {2, "eigenvalue", 0, 0.6838342712037032, 1e-12},
                                             {2, "eigenvalue", 1, 0.2804092997873694, 1e-12},
                                             {2, "eigenvalue", 2, 0.05224037355395045, 1e-12},
                                             {2, "eigenvalue", 3, -0.4623753138817337, 1e-12},
                                             {2, "eigenvalue", 4, -0.5, 1e-12},
                                             {2, "largest_embedding_equal_to_cca", 0, 1.0, 0},
                                             {0}};

const pl_reference bl22_lin1f_references[] = {
    {0, "scaled", 0, 0.3205633195972913, 1e-11}, {0, "scaled", 1, 0.6296785116266771, 1e-11},
    {0, "scaled", 2, 0.699587870852927, 1e-11},  {0, "scaled", 3, 1.089116625384312, 1e-11},
    {0, "scaled", 4, 1.5698422399713392, 1e-11}, {0, "scaled", 5, 1.8642737149062973, 1e-11},
    {0, "scaled", 6, 2.088618193449342, 1e-11},  {0, "scaled", 7, 2.593887480797859, 1e-11},
    {0, "scaled", 8, 3.0215979051925292, 1e-11}, {0, "scaled", 9, 3.1187250526790526, 1e-11},
    {0, "scaled", 10, 4.131188858260695, 1e-11}, {0}};

const pl_reference bl22_lin2p_references[] = {{0, "second", 0, 4.845160950354359, 5e-12},
                                              {0, "second", 1, 3.7905255200488965, 5e-12},
                                              {0, "closed_form_loss", 0, 10.20332290442108, 3e-11},
                                              {0}};

const pl_reference bl22_lda_references[] = {{0, "eigenvalue", 0, 32.22327729430714, 5e-10},
                                            {0, "eigenvalue", 1, 33.67427084508476, 5e-10},
                                            {0, "eigenvalue", 2, 44.0, 5e-10},
                                            {0, "second", 0, 0.7323472112342532, 1e-12},
                                            {0, "second", 1, 0.76532433738829, 1e-12},
                                            {0, "second", 2, 1.0, 1e-12},
                                            {0, "lda_sine", 0, 0.0, 1e-09},
                                            {0, "ols_sine", 0, 0.0, 1e-09},
                                            {1, "eigenvalue", 0, 4.029551327994295, 2e-10},
                                            {1, "eigenvalue", 1, 10.725301784650421, 2e-10},
                                            {1, "eigenvalue", 2, 11.0, 2e-10},
                                            {1, "second", 0, 0.3663228479994814, 1e-12},
                                            {1, "second", 1, 0.9750274349682201, 1e-12},
                                            {1, "second", 2, 1.0, 1e-12},
                                            {1, "lda_sine", 0, 0.0, 1e-09},
                                            {1, "ols_sine", 0, 0.0, 1e-09},
                                            {0}};

const pl_reference bl22_lda_neg_references[] = {{0, "eigenvalue", 0, 15.802389820889982, 6e-10},
                                                {0, "eigenvalue", 1, 45.87385089295275, 6e-10},
                                                {0, "eigenvalue", 2, 52.679032604426276, 6e-10},
                                                {0, "lda_sine", 0, 0.9965727138354571, 1e-09},
                                                {0}};

const pl_reference bl22_sup_references[] = {{0, "eigenvalue", 0, 3.3227700877741206, 1e-12},
                                            {0, "eigenvalue", 1, 1.0706102488671818, 1e-12},
                                            {0, "eigenvalue", 2, 0.350062507801012, 1e-12},
                                            {0, "rank", 0, 3.0, 0},
                                            {0, "ols_sine", 0, 0.0, 1e-09},
                                            {1, "eigenvalue", 0, 4.645444579477244, 1e-12},
                                            {1, "eigenvalue", 1, 0.9558016855869365, 1e-12},
                                            {1, "eigenvalue", 2, 0.1038769116270115, 1e-12},
                                            {1, "rank", 0, 3.0, 0},
                                            {1, "ols_sine", 0, 0.0, 1e-09},
                                            {0}};

const pl_reference bl22_sup_neg_references[] = {{0, "eigenvalue", 0, 2.3227700877741206, 1e-12},
                                                {0, "eigenvalue", 1, 0.07061024886718177, 1e-12},
                                                {0, "eigenvalue", 2, -0.649937492198988, 1e-12},
                                                {0, "rank", 0, 2.0, 0},
                                                {0, "ols_sine", 0, 1.0, 1e-09},
                                                {1, "eigenvalue", 0, 3.6454445794772443, 1e-12},
                                                {1, "eigenvalue", 1, -0.044198314413063586, 1e-12},
                                                {1, "eigenvalue", 2, -0.8961230883729885, 1e-12},
                                                {1, "rank", 0, 1.0, 0},
                                                {1, "ols_sine", 0, 1.0, 1e-09},
                                                {0}};

const pl_reference bl22_supnl_references[] = {{0, "closed_form", 0, 1.8333333333333333, 1e-11},
                                              {0, "closed_form", 1, -0.9166666666666666, 1e-11},
                                              {0, "closed_form", 2, -0.9166666666666666, 1e-11},
                                              {0, "closed_form", 3, -0.9166666666666666, 1e-11},
                                              {0, "closed_form", 4, 1.8333333333333333, 1e-11},
                                              {0, "closed_form", 5, -0.9166666666666666, 1e-11},
                                              {0, "closed_form", 6, -0.9166666666666666, 1e-11},
                                              {0, "closed_form", 7, -0.9166666666666666, 1e-11},
                                              {0, "closed_form", 8, 1.8333333333333333, 1e-11},
                                              {0}};

const pl_reference bl22_ker_references[] = {{0, "closed_form_loss", 0, 0.8326374823114558, 1e-11},
                                            {1, "closed_form_loss", 0, 2.39506391121423, 1e-11},
                                            {0, "condition", 0, 43774.1625415497, 0.0438},
                                            {0}};

const pl_reference bl22_eq1_references[] = {{0, "left", 0, 3.328426943723601, 4e-12},
                                            {0, "loss_offset", 0, 0.6666666666666666, 1e-11},
                                            {1, "left", 0, 3.812655917097171, 4e-12},
                                            {1, "loss_offset", 0, 0.5, 1e-11},
                                            {2, "left", 0, 4.303156081669413, 5e-12},
                                            {2, "loss_offset", 0, -2.0, 2e-11},
                                            {0}};

const pl_reference bl22_eq2_references[] = {
    {0, "sine", 0, 0.0, 1e-10}, {1, "sine", 0, 0.0, 1e-10}, {0}};

const pl_reference bl22_eq2_neg_references[] = {{0, "sine", 0, 0.72616176769012, 1e-10}, {0}};

const pl_reference hc21_thm_references[] = {{0, "closed_form_loss", 0, -1.6545084971874737, 1e-11},
                                            {0, "eigenvalue", 0, 1.0, 1e-12},
                                            {0, "eigenvalue", 1, 0.8090169943749475, 1e-12},
                                            {1, "closed_form_loss", 0, -1.9562258151031164, 1e-11},
                                            {1, "eigenvalue", 0, 1.0, 1e-12},
                                            {1, "eigenvalue", 1, 0.7907864155828686, 1e-12},
                                            {1, "eigenvalue", 2, 0.5752240085677188, 1e-12},
                                            {1, "bare_sine", 0, 0.14628965471071725, 1e-09},
                                            {2, "closed_form_loss", 0, -2.261250459861276, 1e-11},
                                            {2, "eigenvalue", 0, 1.0, 1e-12},
                                            {2, "eigenvalue", 1, 0.8677276707704836, 1e-12},
                                            {2, "eigenvalue", 2, 0.7129510146149646, 1e-12},
                                            {2, "bare_sine", 0, 0.35201850012341024, 1e-09},
                                            {0}};

const pl_reference hc21_aug_references[] = {{0, "eigenvalue", 0, 1.0, 1e-12},
                                            {0, "eigenvalue", 1, 0.17608440465420866, 1e-12},
                                            {0, "eigenvalue", 2, 0.11011283125850903, 1e-12},
                                            {0, "eigenvalue", 3, 0.030933705647662246, 1e-12},
                                            {0, "matrix_rank", 0, 4.0, 0},
                                            {0}};

const pl_reference bl22_down_references[] = {{0, "vicreg_error", 0, 0.08405513013661185, 1e-12},
                                             {0, "simclr_error", 0, 0.24912087616820308, 1e-12},
                                             {0, "vicreg_error", 1, 0.06637707668413474, 1e-12},
                                             {0, "simclr_error", 1, 0.06853550993849644, 1e-12},
                                             {0, "vicreg_error", 2, 0.038603571471402934, 1e-12},
                                             {0, "simclr_error", 2, 0.05451564293787993, 1e-12},
                                             {0, "vicreg_error", 3, 0.03642826551729272, 1e-12},
                                             {0, "simclr_error", 3, 0.052811674771362276, 1e-12},
                                             {0, "vicreg_error", 4, 0.0, 1e-12},
                                             {0, "simclr_error", 4, 0.048587716639772245, 1e-12},
                                             {0}};

const pl_reference bl22_downb_references[] = {{0, "bound", 0, 0.35582099866103245, 1e-12},
                                              {0, "bound", 1, 0.28757895948716183, 1e-12},
                                              {0, "bound", 2, 0.2022965269471154, 1e-12},
                                              {0, "bound", 3, 0.16176470588235295, 1e-12},
                                              {0}};

const pl_reference bl22_low1_references[] = {
    {0, "shrinkage", 0, 1.0, 1e-12},   {0, "closed_form", 0, 3.171875, 4e-12},
    {0, "shrinkage", 1, 0.725, 1e-12}, {0, "closed_form", 1, 2.4997836188046647, 4e-12},
    {0, "shrinkage", 2, 0.45, 1e-12},  {0, "closed_form", 2, 1.6013136253462603, 4e-12},
    {0, "shrinkage", 3, 0.175, 1e-12}, {0, "closed_form", 3, 0.4796971450617284, 4e-12},
    {0, "closed_form", 4, 0.0, 1e-12}, {0}};

const pl_reference bl22_low2_references[] = {{0, "closed_form", 0, 0.40150462962962963, 1e-12},
                                             {0, "closed_form", 1, 0.39522638136887406, 1e-12},
                                             {0, "closed_form", 2, 0.3868334487534626, 1e-12},
                                             {0, "closed_form", 3, 0.37635602423411063, 1e-12},
                                             {0, "closed_form", 4, 0.371875, 1e-12},
                                             {0}};

const pl_reference bl22_low2_mixed_references[] = {
    {0, "within_clique_energy", 0, 0.7199999999999998, 1e-12},
    {0, "optimal_shrinkage", 0, 0.44999999999999984, 1e-12},
    {0, "optimal_gamma", 0, 0.20000000000000004, 1e-12},
    {0, "minimum_risk", 0, 0.40345394736842105, 1e-12},
    {0}};

const pl_reference bl22_low2_neg_references[] = {{0, "closed_form", 0, 0.0738562091503268, 1e-12},
                                                 {0, "closed_form", 1, 0.06766025246339058, 1e-12},
                                                 {0, "closed_form", 2, 0.08158197705428108, 1e-12},
                                                 {0, "closed_form", 3, 0.2060387125796136, 1e-12},
                                                 {0}};

const pl_reference bl22_low3_references[] = {{0, "closed_form", 0, 0.04, 1e-12},
                                             {0, "closed_form", 1, 0.06574621959237344, 1e-12},
                                             {0, "closed_form", 2, 0.12755102040816327, 1e-12},
                                             {0, "closed_form", 3, 1.0, 1e-12},
                                             {0}};

const pl_reference bl22_dyn_references[] = {
    {0, "trace", 0, 0.3686084056566648, 1e-09},   {0, "loss", 0, 8.978506593657327, 1e-09},
    {0, "trace", 1, 1.5827207177991605, 1e-09},   {0, "loss", 1, 6.862817325268848, 1e-09},
    {0, "trace", 2, 2.973948016252183, 1e-09},    {0, "loss", 2, 5.203678765747171, 1e-09},
    {0, "trace", 3, 3.0489173393520663, 1e-09},   {0, "loss", 3, 5.198062264200672, 1e-09},
    {1, "trace", 0, 0.017352634891927548, 1e-09}, {1, "trace", 1, 0.23766757579754164, 1e-09},
    {1, "trace", 2, 1.7385042183038668, 1e-09},   {0}};

const pl_reference bl22_grid_references[] = {{0, "eigenvalue", 0, 0.010261353216209707, 1.03e-10},
                                             {0, "eigenvalue", 1, 0.010956209263453327, 1.1e-10},
                                             {0, "eigenvalue", 2, 0.021217562479663034, 2.12e-10},
                                             {0, "eigenvalue", 3, 0.04094011749501101, 4.09e-10},
                                             {0, "eigenvalue", 4, 0.043704798532388726, 4.37e-10},
                                             {0, "eigenvalue", 5, 0.05189632675846434, 5.19e-10},
                                             {0}};
